"""An AWS emulator on one machine: moto, extended until it behaves like AWS in what a backup tool depends on."""

__version__ = "0.1.0"
