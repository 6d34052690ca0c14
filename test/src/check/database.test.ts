// Quick forms of the checks about a server whose database is away.
import { testChecks } from './quick.ts';

testChecks('database');
