/** A sample of a role's Prometheus page that has these labels, among others it may have; 0 while there is none. */
export async function readMetric(
  port: number,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  for (const line of text.split("\n")) {
    const [sample = "", value] = splitOnce(line);
    const [own, given = ""] = sample.split("{");
    const has = given.replace("}", "").split(",");
    if (own === name && wanted.every((label) => has.includes(label))) return Number(value);
  }
  return 0;
}

function splitOnce(line: string): [string, string] {
  const at = line.lastIndexOf(" ");
  return [line.slice(0, at), line.slice(at + 1)];
}
