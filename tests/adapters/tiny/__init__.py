"""The smallest complete backend and adapter, so that the conformance kit itself can be tested."""
