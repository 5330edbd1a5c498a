"""A platform service over a vault: playback, exports, and the telling of incidents."""
