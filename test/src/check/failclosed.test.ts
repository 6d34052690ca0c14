// Quick form of the check of what can be changed while the record of it cannot be written.
import { testChecks } from './quick.ts';

testChecks('failclosed');
