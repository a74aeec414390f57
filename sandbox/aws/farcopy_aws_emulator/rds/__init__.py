"""RDS as a backup tool meets it: snapshots, copies, shares and restores that take time and obey the rules."""
