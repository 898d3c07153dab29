"""What every page shares: navigation, figures in words, faults told kindly, headers."""
