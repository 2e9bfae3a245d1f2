/// <reference types="vite/client" />
declare module '@fontsource-variable/inter/wght.css';
declare module '@fontsource-variable/jetbrains-mono/wght.css';
declare module '@fontsource/ibm-plex-sans-arabic/*.css';
