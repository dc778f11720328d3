"""What happens: sessions are created, run, watched, asked about and ended here, and nowhere else."""
