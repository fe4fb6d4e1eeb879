"""The portal: pages that show many slices. No models of its own."""
