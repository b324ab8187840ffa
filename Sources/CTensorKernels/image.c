// From an 8-bit picture, through a table of 256 values, onto the grid of the network.
#include "CTensorKernels.h"
#include "clones.h"

CTK_CLONES
void ctk_area_average(
    const uint8_t *source, int32_t sourceRows, int32_t sourceColumns, const float *table, float *out, int32_t rows,
    int32_t columns) {
    const double stepY = (double)sourceRows / rows, stepX = (double)sourceColumns / columns;
    for (int32_t r = 0; r < rows; ++r) {
        const double top = r * stepY, bottom = (r + 1) * stepY;
        for (int32_t c = 0; c < columns; ++c) {
            const double left = c * stepX, right = (c + 1) * stepX;
            double sum = 0;
            for (int32_t y = (int32_t)top; y < sourceRows && y < bottom; ++y) {
                const double y0 = y > top ? y : top, y1 = y + 1 < bottom ? y + 1 : bottom;
                double line = 0;
                for (int32_t x = (int32_t)left; x < sourceColumns && x < right; ++x) {
                    const double x0 = x > left ? x : left, x1 = x + 1 < right ? x + 1 : right;
                    line += (x1 - x0) * table[source[(int64_t)y * sourceColumns + x]];
                }
                sum += (y1 - y0) * line;
            }
            out[(int64_t)r * columns + c] = (float)(sum / (stepY * stepX));
        }
    }
}

static inline int32_t inside(int32_t value, int32_t count) {
    return value < 0 ? 0 : (value >= count ? count - 1 : value);
}

void ctk_warp(
    const uint8_t *source, int32_t sourceRows, int32_t sourceColumns, const float *table, float *out, int32_t rows,
    int32_t columns, const float *matrix, int32_t samples) {
    const float share = 1.0f / (float)(samples * samples);
    for (int32_t r = 0; r < rows; ++r) {
        for (int32_t c = 0; c < columns; ++c) {
            float sum = 0;
            for (int32_t s = 0; s < samples * samples; ++s) {
                const float u = ((float)c + ((float)(s % samples) + 0.5f) / (float)samples) / (float)columns;
                const float v = ((float)r + ((float)(s / samples) + 0.5f) / (float)samples) / (float)rows;
                // Far outside repeats the edge as well; the clamp keeps the conversion to int defined.
                float x = matrix[0] * u + matrix[1] * v + matrix[2] - 0.5f;
                float y = matrix[3] * u + matrix[4] * v + matrix[5] - 0.5f;
                x = x < -1 ? -1 : (x > (float)sourceColumns ? (float)sourceColumns : x);
                y = y < -1 ? -1 : (y > (float)sourceRows ? (float)sourceRows : y);
                const int32_t xi = (int32_t)(x + 1) - 1, yi = (int32_t)(y + 1) - 1;
                const float fx = x - (float)xi, fy = y - (float)yi;
                const uint8_t *above = source + (int64_t)inside(yi, sourceRows) * sourceColumns;
                const uint8_t *below = source + (int64_t)inside(yi + 1, sourceRows) * sourceColumns;
                const int32_t x0 = inside(xi, sourceColumns), x1 = inside(xi + 1, sourceColumns);
                const float upper = table[above[x0]] * (1 - fx) + table[above[x1]] * fx;
                const float lower = table[below[x0]] * (1 - fx) + table[below[x1]] * fx;
                sum += upper * (1 - fy) + lower * fy;
            }
            out[(int64_t)r * columns + c] = sum * share;
        }
    }
}
