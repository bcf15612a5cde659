import { JzseError } from '@jzse/api';
import type { FleetServices } from '@jzse/api/hub';

const refuse = async (): Promise<never> => {
  throw new JzseError('not-ready', 'this hub does not keep a fleet yet');
};

export const createFleet = (): FleetServices => ({
  fleetRegions: refuse,
  addRegion: refuse,
  enrol: refuse,
  revokeRegion: refuse,
  approveUrl: refuse,
  placements: refuse,
  setPlacement: refuse,
  directory: refuse,
});
