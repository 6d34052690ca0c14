// Parameters of the kinds package.install, remove, upgrade, hold, unhold.
import { type Static, Type } from 'typebox';
import { closed } from '../fields.ts';

/** A package name as dpkg, rpm and apk allow it; never begins with a dash, so it can be no option. */
const PackageName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9+._-]{0,127}$',
  description: 'Package name.',
});

/** Packages from the device's own repositories. Since 2. */
export const PackagesArgs = Type.Object(
  {
    /** No name twice. */
    names: Type.Array(PackageName, { minItems: 1, maxItems: 64, description: 'Package names.' }),
  },
  { ...closed, description: 'Packages.' },
);
export type PackagesArgs = Static<typeof PackagesArgs>;

/** Packages to install, the newest or an exact version. Since 2. */
export const PackageInstallArgs = Type.Object(
  {
    /** No name twice. */
    packages: Type.Array(
      Type.Object(
        {
          name: PackageName,
          /** Exact version as the package manager writes it; empty: what the repositories offer. */
          version: Type.String({
            pattern: '^(?:[A-Za-z0-9][A-Za-z0-9+.:~^_-]{0,127})?$',
            description: 'Exact version; empty: the newest offered.',
          }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 64, description: 'Packages and versions.' },
    ),
  },
  { ...closed, description: 'Packages to install.' },
);
export type PackageInstallArgs = Static<typeof PackageInstallArgs>;

/** Packages to upgrade; an empty list means all that have something newer. Since 2. */
export const PackageUpgradeArgs = Type.Object(
  {
    names: Type.Array(PackageName, { maxItems: 64, description: 'Package names; empty: all.' }),
  },
  { ...closed, description: 'Packages to upgrade.' },
);
export type PackageUpgradeArgs = Static<typeof PackageUpgradeArgs>;
