// Quick forms of the checks about the pages of the console.
// @needs chromium
import { testChecks } from './quick.ts';

testChecks('pages');
