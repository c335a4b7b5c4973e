"""What layers do: sliding windows, filters, feature maps."""
