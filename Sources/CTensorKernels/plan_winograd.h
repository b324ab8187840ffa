// 3 x 3 convolutions with fewer multiplications: F(4 x 4, 3 x 3) and F(2 x 2, 3 x 3).
// Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
//
// One task is a group of tiles: their pixels are transformed, multiplied by the transformed weights point by point, and
// transformed back. Measured against the direct form the results differ by 1e-6 of their size (F4).

/// One column or row of B'd for F(4, 3), and for F(2, 3).
CTK_INLINE void input_4(const V *d, V *o) {
    const V a = d[4] - 4.0f * d[2], b = d[3] - 4.0f * d[1], c = d[4] - d[2], e = 2.0f * (d[3] - d[1]);
    o[0] = d[4] + 4.0f * d[0] - 5.0f * d[2];
    o[1] = a + b, o[2] = a - b, o[3] = c + e, o[4] = c - e;
    o[5] = d[5] + 4.0f * d[1] - 5.0f * d[3];
}
CTK_INLINE void input_2(const V *d, V *o) {
    o[0] = d[0] - d[2], o[1] = d[1] + d[2], o[2] = d[2] - d[1], o[3] = d[3] - d[1];
}
CTK_INLINE void output_4(const V *m, V *o) {
    const V a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
    o[0] = m[0] + a + c, o[1] = b + 2.0f * d, o[2] = a + 4.0f * c, o[3] = b + 8.0f * d + m[5];
}
CTK_INLINE void output_2(const V *m, V *o) { o[0] = m[0] + m[1] + m[2], o[1] = m[1] - m[2] + m[3]; }

CTK_INLINE void input_tile(const float *const *from, int32_t channels, int edge, float *to, int64_t matrix) {
    const int size = edge + 2;
    for (int32_t c = 0; c < channels; c += CTK_WIDTH) {
        V w[6][6], d[6], o[6];
        CTK_UNROLL for (int x = 0; x < size; ++x) {
            CTK_UNROLL for (int y = 0; y < size; ++y) d[y] = load(from[y * size + x] + c);
            if (edge == 4) input_4(d, o); else input_2(d, o);
            CTK_UNROLL for (int y = 0; y < size; ++y) w[y][x] = o[y];
        }
        CTK_UNROLL for (int y = 0; y < size; ++y) {
            if (edge == 4) input_4(w[y], o); else input_2(w[y], o);
            CTK_UNROLL for (int x = 0; x < size; ++x) store(to + (y * size + x) * matrix + c, o[x]);
        }
    }
}

CTK_INLINE void output_tile(
    const ctk_step *s, float *arena, const float *from, int64_t matrix, int32_t y0, int32_t x0, int32_t begin,
    int32_t end, int edge) {
    const ctk_view *out = &s->output;
    const int size = edge + 2;
    const int32_t rows = out->height - y0 < edge ? out->height - y0 : edge;
    const int32_t columns = out->width - x0 < edge ? out->width - x0 : edge;
    const int64_t at0 = (int64_t)y0 * out->width + x0;
    for (int32_t c = begin; c < end; c += CTK_WIDTH) {
        const V bias = load(s->bias + c);
        V w[4][6], m[6], o[4];
        CTK_UNROLL for (int x = 0; x < size; ++x) {
            CTK_UNROLL for (int y = 0; y < size; ++y) m[y] = load(from + (y * size + x) * matrix + (c - begin));
            if (edge == 4) output_4(m, o); else output_2(m, o);
            CTK_UNROLL for (int y = 0; y < edge; ++y) w[y][x] = o[y];
        }
        for (int32_t y = 0; y < rows; ++y) {
            if (edge == 4) output_4(w[y], o); else output_2(w[y], o);
            float *to = at(arena, out) + (at0 + (int64_t)y * out->width) * out->pitch + c;
            const float *other = s->other.offset < 0 ? NULL
                : at(arena, &s->other) + (at0 + (int64_t)y * out->width) * s->other.pitch + c;
            for (int32_t x = 0; x < columns; ++x) {
                V v = o[x] + bias;
                if (other) v += load(other + (int64_t)x * s->other.pitch);
                store(to + (int64_t)x * out->pitch, s->activation == CTK_RELU ? positive(v) : v);
            }
        }
    }
    if (s->activation > CTK_RELU) {
        for (int32_t y = 0; y < rows; ++y) {
            float *to = at(arena, out) + (at0 + (int64_t)y * out->width) * out->pitch + begin;
            activate_rows(s->activation, s->p, s->q, to, out->pitch, columns, end - begin);
        }
    }
}

static void winograd_task(const ctk_step *s, const ctk_place *place, float *arena, float *scratch, int32_t task) {
    const ctk_view *in = &s->input, *out = &s->output;
    const int32_t edge = s->edge, size = edge + 2, points = size * size;
    const int32_t across = (out->width + edge - 1) / edge, tileCount = across * ((out->height + edge - 1) / edge);
    const int32_t groups = (tileCount + s->tile - 1) / s->tile, part = task / groups, group = task % groups;
    const int32_t first = (int64_t)tileCount * group / groups;
    const int32_t count = (int32_t)((int64_t)tileCount * (group + 1) / groups) - first;
    const int32_t channels = filled(in->channels), outputs = filled(out->channels);
    const int32_t panel = place->sgemm ? CTK_PANEL_BLAS : CTK_PANEL_OWN, panels = (outputs + panel - 1) / panel;
    const int32_t firstPanel = panels * part / s->parts, endPanel = panels * (part + 1) / s->parts;
    const int32_t begin = firstPanel * panel, end = endPanel * panel < outputs ? endPanel * panel : outputs;
    const int64_t pitch = channels, matrix = (int64_t)count * pitch + 16;
    const int64_t sumPitch = end - begin, sumMatrix = count * sumPitch + 16;
    float *zeros = scratch, *pixels = zeros + channels, *sums = pixels + points * matrix;
    zero_over(zeros, channels);
    for (int32_t i = 0; i < count; ++i) {
        const int32_t y0 = (first + i) / across * edge - s->padTop, x0 = (first + i) % across * edge - s->padLeft;
        const float *from[36];
        for (int32_t y = 0; y < size; ++y) {
            for (int32_t x = 0; x < size; ++x) {
                const int32_t row = y0 + y, column = x0 + x;
                const int32_t isInside = row >= 0 && row < in->height && column >= 0 && column < in->width;
                from[y * size + x] =
                    isInside ? at(arena, in) + ((int64_t)row * in->width + column) * in->pitch : zeros;
            }
        }
        if (edge == 4) input_tile(from, channels, 4, pixels + i * pitch, matrix);
        else input_tile(from, channels, 2, pixels + i * pitch, matrix);
    }
    const int64_t point = (int64_t)in->channels * outputs;
    for (int32_t k = 0; k < points; ++k) {
        for (int32_t n = firstPanel; n < endPanel; ++n) {
            const int32_t at = n * panel, width = outputs - at < panel ? outputs - at : panel;
            product(
                place, count, in->channels, pixels + k * matrix, pitch,
                s->weights + k * point + (int64_t)at * in->channels, width, sums + k * sumMatrix + (at - begin),
                sumPitch, width, 0, NULL);
        }
    }
    for (int32_t i = 0; i < count; ++i) {
        const int32_t y0 = (first + i) / across * edge, x0 = (first + i) % across * edge;
        if (edge == 4) output_tile(s, arena, sums + i * sumPitch, sumMatrix, y0, x0, begin, end, 4);
        else output_tile(s, arena, sums + i * sumPitch, sumMatrix, y0, x0, begin, end, 2);
    }
}
