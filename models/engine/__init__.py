"""A small kinetics engine: one declaration of a reaction network in, one compiled batch solver out."""
