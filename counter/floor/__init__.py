"""The heat map: where on the floor people stand, from the foot grids of a store's cameras."""
