import HingeGraph

/// A cell along a sequence.
///
/// Source: Keras `RNN(cell)`; a list of cells is stacked.
struct RNNLayer: RecurrentLayer {
    var settings: RecurrentSettings
    /// What happens at one step, as a layer.
    var inner: LayerInstance
    var cell: any RecurrentCell
}

extension RNNLayer {
    static let className = "RNN"

    init(_ config: ConfigReader) throws {
        settings = try RecurrentSettings(config)
        inner = try config.required("cell", config.layer("cell"))
        guard let cell = inner.layer as? any RecurrentCell else {
            throw config.error(
                "cell", "expected a recurrent cell, found a \(inner.object.className)")
        }
        self.cell = cell
    }

    var cellInstance: LayerInstance? { inner }

    func write(_ config: inout ConfigWriter) {
        config.setLayer("cell", inner)
        settings.write(&config)
    }
}
