"""ジョブ: long work and the scheduler."""
