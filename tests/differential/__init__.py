"""Random processes played by an independent token game and by the engine, which must agree."""
