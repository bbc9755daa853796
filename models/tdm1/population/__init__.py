"""Virtual patients, their lesions and their trial."""
