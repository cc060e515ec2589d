"""What a network costs, and what scores say: measurements that know nothing of the method's stages."""
