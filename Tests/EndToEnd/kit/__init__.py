"""What the end-to-end tests stand on: processes, the gateway, the PACS, modalities, images, searches."""
