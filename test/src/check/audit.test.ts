// Quick forms of the checks about the record of who did what.
import { testChecks } from './quick.ts';

testChecks('audit');
