"""脅威情報: what others warn of, judged, blocked, searched for and reported, with the times."""
