export declare const codeServer: () => string | null;
export declare const chromium: () => string | null;
export declare const editorMissing: () => string | null;
