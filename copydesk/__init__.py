"""What two services of copydesk mean by the same word."""
