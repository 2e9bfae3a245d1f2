/**
 * The only file that names colours. Everything else refers to Mantine's variables or to the `--o-*` variables made here,
 * so that light and dark stay in step and contrast can be checked in one place.
 */
import type { MantineColorsTuple } from '@mantine/core';

/** Night-sky blue of the clock's dial: links, buttons, selection. */
export const dial: MantineColorsTuple = [
  '#eef4fb',
  '#dae7f6',
  '#b5cfed',
  '#8db4e2',
  '#6a9dd9',
  '#5089cf',
  '#3670b7',
  '#2a5b9a',
  '#20487b',
  '#16324f',
];

/** Gilding: the logo and small accents, never text on white. */
export const brass: MantineColorsTuple = [
  '#fdf7e8',
  '#f8ecca',
  '#f0d996',
  '#e6c465',
  '#d9b25f',
  '#c39a42',
  '#a67f2d',
  '#856422',
  '#644b1a',
  '#453310',
];

export const gray: MantineColorsTuple = [
  '#f7f8fa',
  '#eff2f6',
  '#e4e8ee',
  '#d4dae3',
  '#b9c2cf',
  '#8e9bae',
  '#647287',
  '#4b586c',
  '#343e4f',
  '#1c2432',
];

export const dark: MantineColorsTuple = [
  '#dce2ea',
  '#b9c2cf',
  '#95a1b3',
  '#6d798c',
  '#404b5c',
  '#2f3948',
  '#242c3a',
  '#19202b',
  '#121821',
  '#0c1118',
];

export const red: MantineColorsTuple = [
  '#fdecee',
  '#f9d5d9',
  '#f0a9b0',
  '#e77c87',
  '#df5864',
  '#d64550',
  '#bb2e3b',
  '#9c222e',
  '#7d1a25',
  '#5d1119',
];

export const green: MantineColorsTuple = [
  '#e5f6ef',
  '#cdebdf',
  '#9cd7c0',
  '#68c19f',
  '#42ae85',
  '#2b9f74',
  '#1d7c59',
  '#176548',
  '#114e37',
  '#0a3726',
];

/** Every outcome a run can have, as text, tint and solid, for both schemes. Text on tint is at least 4.5:1. */
export const statusColors = {
  light: {
    success: ['#145d42', '#e1f4eb', '#2b9f74'],
    failed: ['#9c1d29', '#fce8ea', '#d64550'],
    running: ['#1d5596', '#e4effb', '#4388d6'],
    pending: ['#4b586c', '#edf0f5', '#94a1b4'],
    timeout: ['#824206', '#fdeedb', '#e08a2e'],
    cancelled: ['#50555f', '#ececf0', '#9a9eab'],
    missed: ['#6f3294', '#f4e9fa', '#a868cc'],
    skipped: ['#435565', '#e8eff4', '#8fa9ba'],
    lost: ['#8f1853', '#fbe6f0', '#cc4a8d'],
    partial: ['#6a4f08', '#faf1d1', '#cfa321'],
  },
  dark: {
    success: ['#7fd6b4', '#15382c', '#37b184'],
    failed: ['#f5a3aa', '#45191f', '#e35a65'],
    running: ['#9cc6f5', '#173353', '#4f94e2'],
    pending: ['#b9c2cf', '#2b3442', '#76839a'],
    timeout: ['#f3b877', '#412a10', '#dd8a33'],
    cancelled: ['#c0c4cd', '#31353e', '#868b98'],
    missed: ['#d7aeee', '#38224a', '#ab6fce'],
    skipped: ['#b1c6d4', '#24333e', '#7894a6'],
    lost: ['#f3a3c9', '#441a32', '#d55c9a'],
    partial: ['#ecd07a', '#3a2f0e', '#cba32a'],
  },
} as const satisfies Record<'light' | 'dark', Record<string, readonly [string, string, string]>>;

export const surfaces = {
  light: {
    '--o-canvas': '#f5f7fa',
    '--o-surface': '#ffffff',
    '--o-sunken': '#eff2f6',
    '--o-line': '#dfe4eb',
    '--o-line-strong': '#c4ccd8',
    '--o-dimmed': '#536074',
    '--o-accent': '#a67f2d',
    '--o-mark': '#ffe9a8',
    '--o-mark-text': '#3b2c05',
    '--o-shadow': '0 1px 2px rgb(22 36 54 / 6%)',
    '--o-heat-empty': '#e9edf3',
    '--o-heat-full': '#2a5b9a',
    '--o-logo-ring': '#b58c3a',
    '--o-logo-face': '#16324f',
  },
  dark: {
    '--o-canvas': '#121821',
    '--o-surface': '#19202b',
    '--o-sunken': '#141a24',
    '--o-line': '#2c3645',
    '--o-line-strong': '#465266',
    '--o-dimmed': '#9fabbc',
    '--o-accent': '#d9b25f',
    '--o-mark': '#6b5312',
    '--o-mark-text': '#fff3d0',
    '--o-shadow': 'none',
    '--o-heat-empty': '#232c39',
    '--o-heat-full': '#6ea6e6',
    '--o-logo-ring': '#d9b25f',
    '--o-logo-face': '#234a73',
  },
} as const;
