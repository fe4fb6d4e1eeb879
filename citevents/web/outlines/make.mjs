// Makes the files beside it, and citevents/locale/centres.json, from world-atlas 2.0.2 (ISC; Natural Earth, public domain).
// Run beside: npm i world-atlas@2.0.2 d3-geo topojson-client topojson-simplify, and iso.json: numeric -> alpha-2.
import {readFileSync, writeFileSync} from 'fs';
import {presimplify, simplify, quantile} from 'topojson-simplify';
import {feature, mesh, merge} from 'topojson-client';
import {geoEqualEarth, geoPath, geoCentroid, geoArea} from 'd3-geo';
const read = name => JSON.parse(readFileSync(name));
const iso = read('iso.json'), named = {'Kosovo': 'XK'};
const code = shape => named[shape.properties.name] ?? iso[shape.id];
const coarse = presimplify(read('node_modules/world-atlas/countries-110m.json'));
const without = share => {
  const made = simplify(coarse, quantile(coarse, share));
  made.objects.countries.geometries = made.objects.countries.geometries.filter(shape => shape.id !== '010');
  return made;
};
const flat = without(.42), W = 960, H = 440, all = feature(flat, flat.objects.countries);
const projection = geoEqualEarth().rotate([-11, 0]).fitExtent([[4, 4], [W - 4, H + 20]], all);
const path = geoPath(projection).digits(0), countries = {};
for (const shape of all.features) { const drawn = path(shape); if (code(shape) && drawn) countries[code(shape)] = drawn; }
writeFileSync('map.json', JSON.stringify({
  width: W, height: H, scale: projection.scale(), translate: projection.translate(), turned: 11,
  land: path(merge(flat, flat.objects.countries.geometries)),
  borders: path(mesh(flat, flat.objects.countries, (a, b) => a !== b)),
  countries: Object.fromEntries(Object.entries(countries).sort()),
}));
const round = without(.62), land = merge(round, round.objects.countries.geometries);
const tenth = ring => ring.slice(0, -1).map(point => point.map(degree => Math.round(degree * 10) / 10));
writeFileSync('land.json', JSON.stringify(land.coordinates.map(polygon => tenth(polygon[0])).filter(ring => ring.length > 2)));
const centres = {}, sizes = {};
const fine = read('node_modules/world-atlas/countries-50m.json');
for (const shape of feature(fine, fine.objects.countries).features) {
  const parts = shape.geometry?.type === 'MultiPolygon'
    ? shape.geometry.coordinates.map(coordinates => ({type: 'Polygon', coordinates})) : [shape.geometry];
  const largest = parts.reduce((a, b) => geoArea(a) >= geoArea(b) ? a : b);
  // A country may be several shapes (Australia and its far islands): the largest part of all of them speaks.
  if (code(shape) && geoArea(largest) > (sizes[code(shape)] ?? 0)) {
    sizes[code(shape)] = geoArea(largest);
    centres[code(shape)] = geoCentroid(largest).map(degree => Math.round(degree * 10) / 10);
  }
}
writeFileSync('centres.json', JSON.stringify(Object.fromEntries(Object.entries(centres).sort())));
for (const name of ['map', 'land', 'centres']) console.log(name, readFileSync(name + '.json').length);
