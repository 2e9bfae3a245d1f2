/** Mantine's theme: type, radii and defaults of components. Colours come from the palette. */
import { type CSSVariablesResolver, createTheme, Tooltip } from '@mantine/core';
import { brass, dark, dial, gray, green, red, statusColors, surfaces } from './palette';

export const fonts = {
  text: "'Inter Variable', 'IBM Plex Sans Arabic', system-ui, sans-serif",
  mono: "'JetBrains Mono Variable', 'IBM Plex Sans Arabic', ui-monospace, monospace",
};

export const theme = createTheme({
  primaryColor: 'dial',
  primaryShade: { light: 7, dark: 6 },
  colors: { dial, brass, gray, dark, red, green },
  black: '#1c2432',
  autoContrast: true,
  luminanceThreshold: 0.34,
  fontFamily: fonts.text,
  fontFamilyMonospace: fonts.mono,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  headings: {
    fontFamily: fonts.text,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
      h4: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Tooltip: Tooltip.extend({
      defaultProps: {
        withArrow: true,
        openDelay: 250,
        multiline: true,
        maw: 360,
        events: { hover: true, focus: true, touch: true },
      },
    }),
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' } },
    Button: { defaultProps: { variant: 'default' } },
    Menu: { defaultProps: { shadow: 'md', withinPortal: true } },
    Select: { defaultProps: { allowDeselect: false, checkIconPosition: 'right', comboboxProps: { shadow: 'md' } } },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'sm' } },
    Badge: { defaultProps: { tt: 'none', fw: 500 } },
    Paper: { defaultProps: { withBorder: true, radius: 'md' } },
  },
});

function statusVariables(scheme: 'light' | 'dark'): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [status, [text, tint, solid]] of Object.entries(statusColors[scheme])) {
    variables[`--o-${status}-text`] = text;
    variables[`--o-${status}-tint`] = tint;
    variables[`--o-${status}-solid`] = solid;
  }
  return variables;
}

function schemeVariables(scheme: 'light' | 'dark'): Record<string, string> {
  const surface = surfaces[scheme];
  return {
    ...surface,
    ...statusVariables(scheme),
    '--mantine-color-body': surface['--o-surface'],
    '--mantine-color-dimmed': surface['--o-dimmed'],
    '--mantine-color-default-border': surface['--o-line-strong'],
    '--mantine-color-placeholder': surface['--o-dimmed'],
    '--mantine-color-anchor': scheme === 'light' ? dial[7] : dial[3],
    '--mantine-color-error': scheme === 'light' ? red[7] : red[3],
    '--mantine-color-dial-light': scheme === 'light' ? dial[1] : '#1b3350',
    '--mantine-color-dial-light-hover': scheme === 'light' ? dial[2] : '#22405f',
    '--mantine-color-dial-light-color': scheme === 'light' ? dial[8] : dial[2],
    '--mantine-color-gray-light': scheme === 'light' ? gray[1] : '#2b3442',
    '--mantine-color-gray-light-color': scheme === 'light' ? gray[8] : gray[3],
    '--mantine-color-red-light-color': scheme === 'light' ? red[8] : red[2],
    '--mantine-color-orange-light-color': statusColors[scheme].timeout[0],
    '--mantine-color-orange-light': statusColors[scheme].timeout[1],
    '--mantine-color-yellow-light-color': statusColors[scheme].partial[0],
    '--mantine-color-yellow-light': statusColors[scheme].partial[1],
    '--mantine-color-red-light': statusColors[scheme].failed[1],
    '--mantine-color-green-light': statusColors[scheme].success[1],
    '--mantine-color-green-light-color': statusColors[scheme].success[0],
    '--mantine-color-gray-text': scheme === 'light' ? gray[7] : dark[1],
    '--mantine-color-red-text': scheme === 'light' ? red[7] : red[3],
    '--mantine-color-green-text': scheme === 'light' ? green[7] : green[3],
  };
}

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: schemeVariables('light'),
  dark: schemeVariables('dark'),
});
