// Which of the dialogs that lie over every page are open.
import { createStore } from '../parts/store.ts';

export const shortcutsOpen = createStore(false);
export const apiCallOpen = createStore(false);
