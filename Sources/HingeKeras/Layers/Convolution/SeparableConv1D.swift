/// Convolution of each channel alone, then of all channels at each position, over one spatial axis:
/// `[N, steps, C]`, N the batch and C the channels.
///
/// Source: Keras `SeparableConv1D`; `depthwise_kernel` is `[window…, C, depth_multiplier]`,
/// `pointwise_kernel` `[1…, C · depth_multiplier, filters]`, `bias` `[filters]`.
struct SeparableConv1DLayer: SeparableConvolutionLayer {
    static let className = "SeparableConv1D"
    static let spatialRank = 1
    var settings: DepthwiseSettings
    var filters: Int
}
