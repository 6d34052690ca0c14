-- Several processes: which of them a device's last session was opened on, written with the epoch.

-- Id of a process, new with each start; empty for a device that has not connected since this column came.
ALTER TABLE device ADD COLUMN gateway text NOT NULL DEFAULT '';
