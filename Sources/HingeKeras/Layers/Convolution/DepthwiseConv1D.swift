/// Convolution of each channel alone over one spatial axis: `[N, steps, C]`, N the batch and C the
/// channels.
///
/// Channel `c` of the input gives the channels `c · depth_multiplier …` of the result.
///
/// Source: Keras `DepthwiseConv1D`; `kernel` is `[window…, C, depth_multiplier]`, `bias`
/// `[C · depth_multiplier]`.
struct DepthwiseConv1DLayer: DepthwiseConvolutionLayer {
    static let className = "DepthwiseConv1D"
    static let spatialRank = 1
    var settings: DepthwiseSettings
}
