/** The mark: an off-centre dial inside a ring, as on the tower, with two hands. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" style={{ flex: 'none' }}>
      <circle cx="16" cy="16" r="15" fill="var(--o-logo-face)" />
      <circle cx="16" cy="16" r="12.2" fill="none" stroke="var(--o-logo-ring)" strokeWidth="1.4" />
      {Array.from({ length: 12 }, (_, hour) => {
        const angle = (hour * Math.PI) / 6;
        const x = Math.sin(angle);
        const y = -Math.cos(angle);
        return (
          <line
            key={hour}
            x1={16 + x * 12.2}
            y1={16 + y * 12.2}
            x2={16 + x * 14}
            y2={16 + y * 14}
            stroke="var(--o-logo-ring)"
            strokeWidth="1"
          />
        );
      })}
      <circle cx="19" cy="18.6" r="6.6" fill="none" stroke="var(--mantine-color-dial-3)" strokeWidth="1.3" />
      <path
        d="M16 16 7.8 9.8M16 16l3-9.4"
        stroke="var(--mantine-color-white)"
        strokeWidth="1.9"
        strokeLinecap="round"
      />
      <circle cx="16" cy="16" r="2" fill="var(--o-logo-ring)" />
    </svg>
  );
}
