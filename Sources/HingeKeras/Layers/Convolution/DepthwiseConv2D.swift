/// Convolution of each channel alone over two spatial axes: `[N, height, width, C]`, N the batch
/// and C the channels.
///
/// Channel `c` of the input gives the channels `c · depth_multiplier …` of the result.
///
/// Source: Keras `DepthwiseConv2D`; `kernel` is `[window…, C, depth_multiplier]`, `bias`
/// `[C · depth_multiplier]`.
struct DepthwiseConv2DLayer: DepthwiseConvolutionLayer {
    static let className = "DepthwiseConv2D"
    static let spatialRank = 2
    var settings: DepthwiseSettings
}
