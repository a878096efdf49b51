import HingeOperators

/// The mean of the elements of as many windows as are asked for, over `[N, steps, C]`, N the batch
/// and C the channels.
///
/// Source: Keras `AdaptiveAveragePooling1D`.
struct AdaptiveAveragePooling1DLayer: AdaptivePoolingLayer {
    static let className = "AdaptiveAveragePooling1D"
    static let spatialRank = 1
    var outputSize: [Int]
    var dataFormat = DataFormat.channelsLast

    func pooling(over axis: Int) -> any Operator { ReduceMean(axes: [axis], keepsDimensions: true) }
    func pooling(_ window: SpatialWindow) -> any Operator { AveragePool(window: window) }
}
