/** Drag to pan, wheel to zoom about the pointer; starts with all of the picture in view, never enlarged. */
export class PanZoom {
  readonly #canvas: HTMLElement;
  readonly #content: SVGGElement;
  #x = 0;
  #y = 0;
  #scale = 1;

  constructor(canvas: HTMLElement, content: SVGGElement, size: { readonly width: number; readonly height: number }) {
    this.#canvas = canvas;
    this.#content = content;
    this.#scale = Math.min(1, canvas.clientWidth / Math.max(1, size.width), canvas.clientHeight / Math.max(1, size.height)) || 1;
    this.#x = Math.max(0, (canvas.clientWidth - size.width * this.#scale) / 2);
    this.#y = Math.max(0, (canvas.clientHeight - size.height * this.#scale) / 2);
    this.#apply();
    const picture = content.ownerSVGElement!;
    picture.addEventListener("wheel", (event) => this.#zoom(event), { passive: false });
    picture.addEventListener("pointerdown", (event) => this.#startDrag(event));
  }

  #apply(): void {
    this.#content.setAttribute("transform", `translate(${this.#x},${this.#y}) scale(${this.#scale})`);
  }

  #zoom(event: WheelEvent): void {
    event.preventDefault();
    const bounds = this.#canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const scale = Math.min(3, Math.max(0.1, this.#scale * Math.exp(-event.deltaY / 500)));
    this.#x = px - ((px - this.#x) * scale) / this.#scale;
    this.#y = py - ((py - this.#y) * scale) / this.#scale;
    this.#scale = scale;
    this.#apply();
  }

  #startDrag(down: PointerEvent): void {
    if ((down.target as Element).closest(".node") !== null) return;
    const from = { x: this.#x - down.clientX, y: this.#y - down.clientY };
    const move = (event: PointerEvent): void => {
      this.#x = from.x + event.clientX;
      this.#y = from.y + event.clientY;
      this.#apply();
    };
    const stop = (): void => {
      this.#canvas.classList.remove("dragging");
      window.removeEventListener("pointermove", move);
    };
    this.#canvas.classList.add("dragging");
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop, { once: true });
  }
}
