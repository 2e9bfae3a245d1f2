const attribute = 'data-mantine-color-scheme';

/** Paper is white: while the page is printed it wears its light colours, whatever it wears on the screen. */
export function printInLight(): void {
  let worn: string | null = null;
  window.addEventListener('beforeprint', () => {
    worn = document.documentElement.getAttribute(attribute);
    document.documentElement.setAttribute(attribute, 'light');
  });
  window.addEventListener('afterprint', () => {
    if (worn !== null) document.documentElement.setAttribute(attribute, worn);
    worn = null;
  });
}
