/** Drag to pan, wheel to zoom about the pointer. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Below this, names cannot be read: a part of the picture is shown instead of all of it. */
const LEGIBLE = 0.7;

/** The scale at which all of `size` is seen, never enlarged. */
export const fitScale = (canvas: Size, size: Size): number => Math.min(1, canvas.width / Math.max(1, size.width), canvas.height / Math.max(1, size.height)) || 1;

/** All of the picture in the middle or, when that would be too small to read, its beginning. */
export function startView(canvas: Size, size: Size): View {
  const scale = Math.max(LEGIBLE, fitScale(canvas, size));
  return { scale, x: Math.max(0, (canvas.width - size.width * scale) / 2), y: Math.max(0, (canvas.height - size.height * scale) / 2) };
}

export function wholeView(canvas: Size, size: Size): View {
  const scale = fitScale(canvas, size);
  return { scale, x: (canvas.width - size.width * scale) / 2, y: (canvas.height - size.height * scale) / 2 };
}

export class PanZoom {
  readonly #canvas: HTMLElement;
  readonly #content: SVGGElement;
  readonly #moved: (view: View) => void;
  #view: View;

  constructor(canvas: HTMLElement, content: SVGGElement, start: View, moved: (view: View) => void) {
    this.#canvas = canvas;
    this.#content = content;
    this.#moved = moved;
    this.#view = start;
    this.#apply();
    const picture = content.ownerSVGElement!;
    picture.addEventListener("wheel", (event) => this.#zoom(event), { passive: false });
    picture.addEventListener("pointerdown", (event) => this.#startDrag(event));
  }

  show(view: View): void {
    this.#view = view;
    this.#apply();
  }

  #apply(): void {
    this.#content.setAttribute("transform", `translate(${this.#view.x},${this.#view.y}) scale(${this.#view.scale})`);
  }

  #move(view: View): void {
    this.show(view);
    this.#moved(view);
  }

  /** As in the editor's own pictures: the wheel pans, with Control (a pinch, too) it zooms. */
  #zoom(event: WheelEvent): void {
    event.preventDefault();
    const { x, y, scale: before } = this.#view;
    if (!event.ctrlKey && !event.metaKey) return this.#move({ x: x - (event.shiftKey ? event.deltaY : event.deltaX), y: y - (event.shiftKey ? 0 : event.deltaY), scale: before });
    const bounds = this.#canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const scale = Math.min(3, Math.max(0.1, before * Math.exp(-event.deltaY / 300)));
    this.#move({ scale, x: px - ((px - x) * scale) / before, y: py - ((py - y) * scale) / before });
  }

  #startDrag(down: PointerEvent): void {
    if ((down.target as Element).closest(".node") !== null) return;
    const from = { x: this.#view.x - down.clientX, y: this.#view.y - down.clientY };
    const move = (event: PointerEvent): void => this.#move({ ...this.#view, x: from.x + event.clientX, y: from.y + event.clientY });
    const stop = (): void => {
      this.#canvas.classList.remove("dragging");
      window.removeEventListener("pointermove", move);
    };
    this.#canvas.classList.add("dragging");
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop, { once: true });
  }
}
