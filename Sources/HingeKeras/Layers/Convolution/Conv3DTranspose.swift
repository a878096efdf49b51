/// Transposed convolution over three spatial axes: `[N, depth, height, width, C]`, N the batch and
/// C the channels.
///
/// Source: Keras `Conv3DTranspose`; `kernel` is `[window…, filters, C]`, `bias` `[filters]`.
struct Conv3DTransposeLayer: TransposedConvolutionLayer {
    static let className = "Conv3DTranspose"
    static let spatialRank = 3
    var settings: ConvolutionSettings
    var outputPadding: [Int]?
}
