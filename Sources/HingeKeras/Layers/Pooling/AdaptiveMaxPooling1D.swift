import HingeOperators

/// The largest element of as many windows as are asked for, over `[N, steps, C]`, N the batch and C
/// the channels.
///
/// Source: Keras `AdaptiveMaxPooling1D`.
struct AdaptiveMaxPooling1DLayer: AdaptivePoolingLayer {
    static let className = "AdaptiveMaxPooling1D"
    static let spatialRank = 1
    var outputSize: [Int]
    var dataFormat = DataFormat.channelsLast

    func pooling(over axis: Int) -> any Operator { ReduceMax(axes: [axis], keepsDimensions: true) }
    func pooling(_ window: SpatialWindow) -> any Operator { MaxPool(window: window) }
}
