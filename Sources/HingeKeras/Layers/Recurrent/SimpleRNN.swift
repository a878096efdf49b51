/// A simple recurrent layer along a sequence: `[N, T, C]` to `[N, units]`, or `[N, T, units]` when
/// the outputs of all steps are returned.
///
/// N is the batch, T the steps, C the features.
///
/// Source: Keras `SimpleRNN`; the variables are those of `SimpleRNNCell`.
struct SimpleRNNLayer: RecurrentLayer {
    var settings: RecurrentSettings
    /// What happens at one step.
    var step: SimpleRNNCellLayer
}

extension SimpleRNNLayer {
    static let className = "SimpleRNN"

    init(_ config: ConfigReader) throws {
        settings = try RecurrentSettings(config)
        step = try SimpleRNNCellLayer(config)
    }

    var cell: any RecurrentCell { step }

    func write(_ config: inout ConfigWriter) {
        step.write(&config)
        settings.write(&config)
    }
}
