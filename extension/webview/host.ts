/** The editor on the other side, typed by the page's own messages. */
interface EditorApi {
  postMessage(message: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

export function connect<In, Out>(receive: (message: In) => void): (message: Out) => void {
  const api = acquireVsCodeApi();
  window.addEventListener("message", (event: MessageEvent<In>) => receive(event.data));
  return (message) => api.postMessage(message);
}

type Attributes = Readonly<Record<string, string | number>>;
type Child = Node | string | null;

export function element<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Attributes = {}, ...children: readonly Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill<E extends Element>(made: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children.filter((child) => child !== null));
  return made;
}
