"""Key services: where the master keys are, one module each, behind one small protocol."""
