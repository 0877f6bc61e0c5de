// Copied into every bundle's top folder: where a module of ours stands in the bundle, whichever chunk its code is in.
export const moduleUrl = (path) => new URL(path, import.meta.url).href;
