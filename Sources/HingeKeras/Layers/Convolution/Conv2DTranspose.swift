/// Transposed convolution over two spatial axes: `[N, height, width, C]`, N the batch and C the
/// channels.
///
/// Source: Keras `Conv2DTranspose`; `kernel` is `[window…, filters, C]`, `bias` `[filters]`.
struct Conv2DTransposeLayer: TransposedConvolutionLayer {
    static let className = "Conv2DTranspose"
    static let spatialRank = 2
    var settings: ConvolutionSettings
    var outputPadding: [Int]?
}
