import { randomBytes } from "node:crypto";
import { type ExtensionContext, Uri, type Webview } from "vscode";

/** A page that runs one bundled script, with no other source of code, styles or images. */
export function page(webview: Webview, context: ExtensionContext, script: "lineage" | "run", title: string): string {
  const nonce = randomBytes(16).toString("base64");
  const file = (...parts: string[]) => webview.asWebviewUri(Uri.joinPath(context.extensionUri, ...parts)).toString();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource} 'unsafe-inline'; script-src 'nonce-${nonce}'; font-src ${webview.cspSource};">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file("media", "webview.css")}">
<title>${title}</title>
</head>
<body><main id="root"></main><script nonce="${nonce}" src="${file("dist", "webview", `${script}.js`)}"></script></body>
</html>`;
}

/** The icon of the language on the panel's tab. */
export const panelIcon = (context: ExtensionContext) => ({ light: Uri.joinPath(context.extensionUri, "media", "file-light.svg"), dark: Uri.joinPath(context.extensionUri, "media", "file-dark.svg") });

export const webviewOptions = (context: ExtensionContext) => ({
  enableScripts: true,
  retainContextWhenHidden: true,
  localResourceRoots: [Uri.joinPath(context.extensionUri, "dist", "webview"), Uri.joinPath(context.extensionUri, "media")],
});
